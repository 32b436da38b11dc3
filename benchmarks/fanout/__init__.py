"""What it costs to send one event to every reader: ours beside a C send loop, nginx+nchan and Python's usual ways."""
