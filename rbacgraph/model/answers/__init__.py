"""Result records of questions, one file each."""
