"""The ground floor: words, errors, canonical tables, mappings, rules, point-in-time features."""
