"""Rules that law or an agency decides: evaluated, never learned."""
