"""Give oneself rights: bind, escalate, aggregate, revive, map."""
