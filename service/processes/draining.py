"""That this process is about to end, for those parts which have to know."""

from service.feed import EventFeed


class Draining:
    """Lets nobody wait for what this process will not see, and says so to those who ask whether to send to it."""

    def __init__(self, feed: EventFeed) -> None:
        self._feed = feed
        self.announced = False
        """Whether the whole service ends, so that nothing more should be sent to it."""

    def announce(self) -> None:
        """The whole service ends."""
        self.announced = True
        self.leave()

    def leave(self) -> None:
        """This process ends; another may have its place."""
        self._feed.end()
