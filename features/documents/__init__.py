"""Documents that an agency writes for Suksesi: YAML with lines, and refusals that name one."""
