"""paths, reach, exposure and the survey behind the HTML report."""
