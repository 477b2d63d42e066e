"""Have Argo CD or Flux apply what the attacker chooses."""
