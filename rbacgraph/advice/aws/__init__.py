"""AWS: what of trust and policies admits more than is used."""
