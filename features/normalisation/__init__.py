"""Free texts of exports (titles, study programmes, courses) into values that rules can read."""
