"""Result records of proposals: changes, suggestions, cuts, their effect, saved ones."""
