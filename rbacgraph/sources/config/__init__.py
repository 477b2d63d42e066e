"""Files that people write: policies, needs, encryption, groups, saved suggestions."""
