from __future__ import annotations

import crawleruseragents
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sojourn.core.data import load
from sojourn.core.devices import DEVICES, device_of, normalise

KHTML = "AppleWebKit/537.36 (KHTML, like Gecko)"
AGENTS = [
    (
        "phone",
        f"Mozilla/5.0 (Linux; Android 14; SM-S918B) {KHTML} Chrome/126.0 Mobile Safari/537.36",
    ),
    ("phone", f"Mozilla/5.0 (Linux; Android 10; K) {KHTML} Chrome/126.0.0.0 Mobile Safari/537.36"),
    (
        "phone",
        f"Mozilla/5.0 (Linux; Android 11; CUBOT NOTE 20) {KHTML} Chrome/90.0 Mobile Safari/1",
    ),
    (
        "phone",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
        "Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
    ),
    (
        "phone",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
        "Gecko) Mobile/21B101 [FBAN/FBIOS;FBAV/441.0.0;FBDV/iPhone14,5]",
    ),
    ("phone", "Mozilla/5.0 (Android 13; Mobile; rv:126.0) Gecko/126.0 Firefox/126.0"),
    ("phone", "Dalvik/2.1.0 (Linux; U; Android 11; SM-A125F Build/RP1A.200720.012)"),
    (
        "phone",
        "Mozilla/5.0 (Windows Phone 10.0; Android 6.0.1; Microsoft; Lumia 950) Mobile Edge/15",
    ),
    ("phone", "Mozilla/5.0 (Mobile; Nokia_2720; rv:48.0) Gecko/48.0 Firefox/48.0 KAIOS/2.5"),
    ("phone", "Opera/9.80 (J2ME/MIDP; Opera Mini/9.80 (S60; SymbOS) Presto/2.5.25 Version/10.54"),
    ("phone", "BlackBerry9700/5.0.0.862 Profile/MIDP-2.1 Configuration/CLDC-1.1 VendorID/120"),
    ("tablet", f"Mozilla/5.0 (Linux; Android 13; SM-X700) {KHTML} Chrome/126.0.0.0 Safari/537.36"),
    ("tablet", f"Mozilla/5.0 (Linux; Android 9; KFMAWI) {KHTML} Silk/120.1 like Chrome Safari/1"),
    ("tablet", "Mozilla/5.0 (Android 12; Tablet; rv:126.0) Gecko/126.0 Firefox/126.0"),
    ("tablet", "Dalvik/2.1.0 (Linux; U; Android 9; SM-T510 Build/PPR1.180610.011)"),
    (
        "tablet",
        "Mozilla/5.0 (iPad; CPU OS 12_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
        "Version/12.1 Mobile/15E148 Safari/604.1",
    ),
    ("computer", f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {KHTML} Chrome/126.0.0.0 Safari/1"),
    ("computer", f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {KHTML} Chrome/126 Safari/1"),
    ("computer", "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:126.0) Gecko/20100101 Firefox/126.0"),
    ("computer", f"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {KHTML} Chrome/126.0.0.0 Safari/1"),
    (
        "computer",
        "Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1; Trident/4.0; SLCC2; Tablet PC 2.0)",
    ),
    ("tv", f"Mozilla/5.0 (SMART-TV; LINUX; Tizen 6.5) {KHTML} 94.0/6.5 TV Safari/537.36"),
    ("tv", f"Mozilla/5.0 (Web0S; Linux/SmartTV) {KHTML} Chrome/94.0 Safari/537.36 WebAppManager"),
    ("tv", f"Mozilla/5.0 (Linux; Android 9; AFTSSS) {KHTML} Silk/122.2 like Chrome/122 Safari/1"),
    ("tv", f"Mozilla/5.0 (Linux; Android 11; BRAVIA 4K VH2) {KHTML} Chrome/120.0 Safari/537.36"),
    ("tv", "Roku/DVP-12.5 (12.5.0.4178-AE)"),
    ("tv", "AppleTV11,1/11.1"),
    ("tv", f"Mozilla/5.0 (PlayStation; PlayStation 5/6.50) {KHTML} Version/15.4 Safari/605"),
    ("bot", "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"),
    (
        "bot",
        f"Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X) {KHTML} Chrome/126.0 Mobile Safari/537.36 "
        "(compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    ),
    ("bot", f"Mozilla/5.0 (X11; Linux x86_64) {KHTML} HeadlessChrome/126.0.0.0 Safari/537.36"),
    ("bot", f"Mozilla/5.0 {KHTML}; compatible; GPTBot/1.2; +https://openai.com/gptbot)"),
    ("bot", "python-requests/2.32.0"),
    ("bot", "curl/8.7.1"),
    ("bot", "BrandNewBot/0.1"),
    ("bot", "Fresh Crawler 1.0"),
    ("bot", "Mozilla/5.0 (compatible; unheard-of; +https://example.org/what-i-am)"),
]


@pytest.mark.parametrize(("device", "user_agent"), AGENTS)
def test_a_user_agent_tells_its_device(device, user_agent):
    assert device_of(user_agent) == device


@pytest.mark.parametrize(
    "user_agent",
    [
        None,
        "",
        "  ",
        "okhttp/4.9.3",
        "axios/1.7.2",
        "Amazon CloudFront",
        "MyApp/1.2 CFNetwork/1490",
    ],
)
def test_a_program_that_speaks_for_somebody_unseen_has_no_device_and_is_no_bot(user_agent):
    assert device_of(user_agent) is None


def test_a_letter_opened_through_an_image_proxy_is_no_bots_doing():
    agent = (
        "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"
    )
    assert device_of(agent) != "bot"


def test_every_known_crawler_is_a_bot_but_for_the_programs_that_fetch_for_people():
    others = {
        entry["pattern"]
        for entry in crawleruseragents.CRAWLER_USER_AGENTS_DATA
        for agent in entry["instances"]
        if device_of(agent) != "bot"
    }
    assert others == {
        "okhttp",
        "axios",
        "node-fetch",
        "sindresorhus\\/got",
        "^Apache-HttpClient",
        "HttpUrlConnection",
        "Amazon CloudFront",
        "Salesforce\\.com",
        "GoogleImageProxy",
        "YahooMailProxy",
    }


@pytest.mark.parametrize(
    ("word", "device"),
    [
        ("mobile", "phone"),
        (" Mobile ", "phone"),
        ("SMARTPHONE", "phone"),
        ("iPad", "tablet"),
        ("Desktop", "computer"),
        ("PC", "computer"),
        ("Connected TV", "tv"),
        ("smart tv", "tv"),
        ("in-store", "in person"),
        ("POS", "in person"),
        ("crawler", "bot"),
        ("fridge", None),
        ("", None),
        (None, None),
    ],
)
def test_a_word_for_a_device_becomes_ours(word, device):
    assert normalise(word) == device


def test_our_own_words_stay_what_they_are():
    assert [normalise(device) for device in DEVICES] == list(DEVICES)


def test_no_word_stands_for_two_devices():
    words = [word for words in load("devices.yaml")["words"].values() for word in words]
    assert len(words) == len(set(words))
    assert set(load("devices.yaml")["words"]) == set(DEVICES)


@given(st.text())
def test_any_text_at_all_gives_a_device_or_none(text):
    assert device_of(text) in {*DEVICES, None}
    assert normalise(text) in {*DEVICES, None}


def test_only_so_much_of_a_user_agent_is_looked_at():
    assert device_of(" " * 994 + "iPhone") == "phone"
    assert device_of(" " * 995 + "iPhone") is None


@pytest.mark.parametrize("text", ["android ", "+http://", "tizen", "(", "dalvik "])
def test_a_hostile_user_agent_costs_no_time(text):
    assert device_of(text * 10_000_000) in {*DEVICES, None}
