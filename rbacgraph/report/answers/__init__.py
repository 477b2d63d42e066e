"""Text of each answer about access and rights."""
