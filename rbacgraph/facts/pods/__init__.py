"""What runs: Pods, templates, owners, virtual nodes, objects whose change yields a Pod."""
