"""A saved suggestion or cut, checked again."""
