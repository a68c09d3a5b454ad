"""The canonical tables: what every agency's files become."""
