"""Checks a saved suggestion or cut again."""
