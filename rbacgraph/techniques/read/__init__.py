"""Read a Secret, or what stands for it, through the API."""
