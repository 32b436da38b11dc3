"""The reader protocol, address by address."""

from tests.edge.fakes import House, with_house


@with_house
async def test_a_page_is_printed_once_for_everybody(house: House) -> None:
    for _ in range(3):
        page = await house.get("/flood", ("accept-encoding", "gzip"))
        assert page.status == 200
        assert "as of 3" in page.text
    assert house.printed == [""]
