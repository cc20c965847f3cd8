"""`sojourn alerts`, as it is typed."""

from support.smtp import mail_server


def test_who_is_told_is_set_shown_and_unset(shop, sojourn):
    assert "told: nobody" in sojourn("-w", shop, "alerts").out
    said = sojourn("-w", shop, "alerts", "set", "--to", "boss@example.com", "--kind", "score")
    assert said.out.startswith("told: boss@example.com (score)\n")
    assert "monday at 7:00 to a@example.com" in sojourn(
        "-w", shop, "alerts", "mail", "monday", "7", "--to", "a@example.com"
    ).out  # fmt: skip
    off = sojourn("-w", shop, "alerts", "off").out
    assert "told: nobody" in off
    assert "a@example.com" in off


def test_a_wrong_address_is_told_and_nothing_is_kept(shop, sojourn):
    said = sojourn("-w", shop, "alerts", "set", "--to", "boss")
    assert (said.code, "expected an address" in said.err) == (1, True)
    said = sojourn("-w", shop, "alerts", "set", "--webhook", "http://10.0.0.1/")
    assert (said.code, "https://" in said.err) == (1, True)
    assert "told: nobody" in sojourn("-w", shop, "alerts").out


def test_a_test_and_a_look_are_sent(shop, sojourn, monkeypatch):
    with mail_server() as server:
        monkeypatch.setenv("SOJOURN_SMTP", f"smtp://127.0.0.1:{server.port}")
        sojourn("-w", shop, "alerts", "set", "--to", "boss@example.com")
        assert sojourn("-w", shop, "alerts", "test").out == "sent\n"
        assert sojourn("-w", shop, "alerts", "check").out == "nothing new\n"
        assert sojourn("-w", shop, "alerts", "check", "--quiet").out == ""
    assert len(server.received) == 1


def test_the_secret_is_shown_to_be_copied(shop, sojourn):
    assert len(sojourn("-w", shop, "alerts", "secret").out.strip()) == 64
