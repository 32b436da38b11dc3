"""The edge: serves every reader page from memory and pushes each new entry to every reader.

It knows sockets, caching and back-pressure; it does not know what an update is. `wire` and `hub` are pure, so that the
sockets can move (to the server's protocol, to another server) without a change in what readers are promised.
"""
