"""Agency mapping files, and how exports are read through them into canonical tables."""
