"""Did the edge keep its word to one reader? What it was sent, in the order in which it came, held against the rules."""

from array import array

History = array  # of signed integers: n for the operations of entry n, -n for a page that shows all up to entry n


def faults(history: "array[int]", head: int) -> list[str]:
    """What was wrong, in words, where `head` is the last entry there is. The first item says where the page stood."""
    if not len(history) or history[0] >= 0:
        return ["nothing: a history begins with a page"]
    found: list[str] = []
    seen: set[int] = set()
    at = -history[0]
    for item in history[1:]:
        if item < 0:
            if -item < at:
                found.append(f"back: a page of entry {-item} after {at}")
            at = -item
            continue
        if item <= at:
            found.append(f"{'doubled' if item in seen else 'out of order'}: {item} after {at}")
        elif item != at + 1:
            found.append(f"missing: {item} after {at}")
        seen.add(item)
        at = max(at, item)
    if at != head:
        found.append(f"missing: the last is {at} and not {head}")
    return found
