"""What a new user does first, from beginning to end, in a real browser."""

import csv
import io
import re

import pytest

from sojourn.workspace import Workspace


def test_the_first_start_ends_in_a_picture(visit):
    seen = visit()
    seen.open("/")
    seen.page.click("nav.rooms >> text=Journey")
    seen.page.wait_for_selector(".drawing .wide svg")
    assert "How far do people get?" in seen.page.inner_text("h1")


def test_a_csv_file_is_brought_in_and_its_people_are_there(visit, tmp_path, site):
    file = tmp_path / "fair.csv"
    file.write_text("visitor,day\nfair-1,2025-12-01 10:00\nfair-2,2025-12-02 11:00\n")
    seen = visit()
    seen.open("/data/upload/")
    seen.page.set_input_files("#file", str(file))
    seen.page.click("text=Look into it")
    seen.page.select_option("#person", "visitor")
    seen.page.select_option("#ts", "day")
    seen.page.fill("#name", "=Store Visited")
    seen.page.click("text=Look again")
    assert "new touchpoints" in seen.page.inner_text("main")
    seen.page.click("text=Bring it in")
    seen.page.wait_for_selector("text=touchpoints are in", timeout=30_000)
    assert Workspace(site.folder).people.show("fair-1").touchpoints[0]["name"] == "Store Visited"
    assert seen.wrong == []


def test_a_funnel_is_built_step_by_step(visit):
    seen = visit()
    seen.open("/journey/funnel/?step=Product+Viewed&step=Product+Added")
    seen.page.fill("[placeholder='Add a step']", "Order Completed")
    seen.page.press("[placeholder='Add a step']", "Enter")
    seen.page.wait_for_url(re.compile("Order\\+Completed"))
    assert seen.page.locator("table.grid tbody tr").count() == 3
    seen.page.click("[data-move=out] >> nth=1")
    seen.page.wait_for_url(re.compile("^(?!.*Product\\+Added)"))
    assert seen.page.locator("table.grid tbody tr").count() == 2
    assert seen.wrong == []


def test_a_map_is_edited_exported_and_shared(visit, browser):
    seen = visit()
    seen.open("/journey/maps/first/")
    seen.page.click("[aria-label^='Edit Goal, Try']")
    seen.page.fill("#text", "Taste before paying")
    seen.page.click("text=Save")
    seen.page.wait_for_selector("text=Taste before paying")
    with seen.page.expect_download() as waiting:
        seen.page.click("summary:has-text('Export')")
        seen.page.click(".menu >> text=PDF")
    assert waiting.value.suggested_filename == "first.pdf"
    seen.page.click("text=Make a read-only link")
    link = seen.page.inner_text("code.copy")
    stranger = browser.new_context().new_page()
    stranger.goto(link)
    assert "Taste before paying" in stranger.content()
    assert stranger.evaluate("getComputedStyle(document.body).margin") == "0px"


def test_a_call_is_told_on_a_phone(visit, site):
    seen = visit("light", 390)
    who = Workspace(site.folder).people.list(people="total_orders >= 1").column("person")[0]
    seen.open(f"/people/add/?who={who}")
    seen.page.click("button:has-text('Call Received')")
    seen.page.fill("#id_text", "Asked for decaf")
    seen.page.click("text=Keep it")
    seen.page.wait_for_selector("text=Kept: Call Received.")
    assert Workspace(site.folder).people.show(who).touchpoints[-1]["text"] == "Asked for decaf"


def test_a_stage_opens_its_people_who_are_saved_and_exported(visit):
    seen = visit()
    seen.open("/journey/")
    seen.page.click("table.grid >> text=Try")
    seen.page.click("a.number-card >> nth=2")
    seen.page.wait_for_selector("text=Save as list")
    seen.page.fill("[name=name]", "trying")
    seen.page.click("form.card button")
    seen.page.wait_for_selector("text=Saved:")
    file = seen.page.request.get(f"{seen.site.address}/people.csv?list=trying").text()
    shown = int(seen.page.inner_text(".big").split()[0].replace(",", ""))
    assert len(list(csv.DictReader(io.StringIO(file)))) == shown > 0


@pytest.mark.parametrize(
    "attack", ["<img src=x onerror=alert(1)>", "'\"><script>alert(1)</script>"]
)
def test_what_people_write_is_shown_and_never_run(visit, site, attack):
    seen = visit()
    alerts = []
    seen.page.on("dialog", lambda dialog: alerts.append(dialog.dismiss()))
    who = Workspace(site.folder).people.list(people="total_orders >= 1").column("person")[1]
    seen.open(f"/people/of/{who}/")
    seen.page.fill("[name=text]", attack)
    seen.page.click("text=Keep the note")
    seen.page.wait_for_selector("text=Kept: Note Added.")
    assert attack in seen.page.inner_text("main")
    seen.open(f"/people/?q={attack}")
    assert alerts == []


def test_a_person_is_erased_and_gone(visit, site):
    seen = visit()
    who = Workspace(site.folder).people.list(people="total_orders >= 1").column("person")[-1]
    seen.open(f"/people/of/{who}/")
    seen.page.click("text=Erase them")
    seen.page.fill("#again", who)
    seen.page.click("button.danger")
    seen.page.wait_for_selector("text=nothing of them is left", timeout=60_000)
    assert seen.open(f"/people/of/{who}/").status == 404
