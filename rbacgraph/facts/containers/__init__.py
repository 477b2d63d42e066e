"""What running containers show: the variables and the logs of their Pods."""
