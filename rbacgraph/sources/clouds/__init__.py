"""Dumps of Azure and Google Cloud: each file is what one command prints, at its place."""
