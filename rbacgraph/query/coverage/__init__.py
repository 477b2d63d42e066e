"""Which rights techniques judge, and which write rights nobody has judged."""
