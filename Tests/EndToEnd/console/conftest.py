import pytest

from browser import Browser


@pytest.fixture
def browser(request):
    opened = []

    def open_browser(name, **options):
        opened.append(Browser(name, **options))
        return opened[-1]

    yield open_browser
    for each in opened:
        each.close()
