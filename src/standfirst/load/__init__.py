"""A crowd of readers in one process, to see what a server of one's own does for them: `standfirst bench`.

`figures`, `answer` and `reader` are pure: arithmetic, bytes to events, and the run of one reader. `target` says where
the crowd may go, `crowd` holds the sockets, `publisher` posts, `bench` puts them together.
"""
