"""From parsed values to objects of the model."""
