"""suggest: plan, write, prove."""
