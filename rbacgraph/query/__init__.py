"""The questions: paths, reach, exposure, who can. Each module holds one and loads on demand."""
