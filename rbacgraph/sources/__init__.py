"""From files, streams, Git and live clusters to one snapshot."""
