"""The questions: paths, reach, exposure, who can. Each module holds one, opened when asked."""
