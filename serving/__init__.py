"""What users and other programs see: recommendations, their explanations, and the service."""
