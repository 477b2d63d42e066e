"""Parts of clusters that keep their cluster, which a caller must."""


def kept(world, make):
    """A part of a cluster; the cluster lives as long as the part."""
    part = make(world)
    part.kept_by_the_test = world
    return part
