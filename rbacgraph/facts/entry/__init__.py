"""Where an attacker can start: principals, and workloads that are reached from outside."""
