"""Result records of proposals: changes, suggestion, cut, their effect, saved ones."""
