"""paths, reach, exposure, rights and the survey behind the HTML report."""
