"""Pod specs and the few control-plane objects, reduced at the door."""
