"""Drives a server through google-cloud-firestore and prints one JSON line for each check.

Run with FIRESTORE_EMULATOR_HOST and PROJECT_ID set; ends with code 1 when a check fails.
"""

import datetime
import json
import os
import sys
import threading
import traceback

from google.api_core import exceptions
from google.cloud import firestore
from google.cloud.firestore_v1.base_query import And, FieldFilter, Or
from google.cloud.firestore_v1.vector import Vector

PROJECT = os.environ.get("PROJECT_ID", "e2e-python")
WAIT = 20
CHECKS = []


def check(function):
    CHECKS.append(function)
    return function


def ids(query):
    return [snapshot.id for snapshot in query.stream()]


@check
def documents(db):
    ref = db.document("users/alice")
    assert not ref.get().exists
    now = datetime.datetime(2024, 1, 2, 3, 4, 5, 678901, tzinfo=datetime.timezone.utc)
    data = {
        "n": 1, "d": 1.5, "big": 2**63 - 1, "s": "é\U0001f600", "b": b"\x00\xff", "t": now, "none": None,
        "list": [1, "a", {"x": []}], "map": {"k": {"l": True}}, "geo": firestore.GeoPoint(1.5, -2),
        "ref": db.document("users/bob"), "vector": Vector([1.0, 2.0]),
    }
    ref.create(data)
    assert ref.get().to_dict() == data, ref.get().to_dict()
    ref.update({"map.k.l": False, "n": firestore.DELETE_FIELD})
    assert ref.get().get("map.k.l") is False and "n" not in ref.get().to_dict()
    ref.set({"s": "merged"}, merge=True)
    assert ref.get().get("d") == 1.5
    try:
        ref.create({})
        raise AssertionError("created twice")
    except exceptions.AlreadyExists:
        pass
    try:
        db.document("users/none").update({"a": 1})
        raise AssertionError("updated a missing document")
    except exceptions.NotFound:
        pass
    ref.delete()
    assert not ref.get().exists


@check
def transforms(db):
    ref = db.document("t/a")
    ref.set({"n": 1, "list": [1, 2]})
    ref.update({
        "n": firestore.Increment(2),
        "max": firestore.Maximum(5),
        "min": firestore.Minimum(-5),
        "list": firestore.ArrayUnion([2, 3]),
        "at": firestore.SERVER_TIMESTAMP,
    })
    ref.update({"max": firestore.Maximum(3), "min": firestore.Minimum(-9), "list": firestore.ArrayRemove([1])})
    found = ref.get().to_dict()
    assert isinstance(found.pop("at"), datetime.datetime)
    assert found == {"n": 3, "max": 5, "min": -9, "list": [2, 3]}, found


@check
def queries(db):
    items = db.collection("items")
    batch = db.batch()
    for n in range(10):
        batch.set(items.document(f"d{n}"), {"n": n, "odd": n % 2 == 1, "tags": [f"t{n % 3}"]})
    batch.commit()
    assert ids(items.where(filter=FieldFilter("n", ">", 6)).order_by("n")) == ["d7", "d8", "d9"]
    assert ids(items.where(filter=FieldFilter("n", "in", [1, 3, 77]))) == ["d1", "d3"]
    assert ids(items.where(filter=FieldFilter("tags", "array_contains", "t0"))) == ["d0", "d3", "d6", "d9"]
    either = Or([FieldFilter("n", "==", 2), And([FieldFilter("odd", "==", True), FieldFilter("n", ">", 6)])])
    assert ids(items.where(filter=either).order_by("n")) == ["d2", "d7", "d9"]
    assert ids(items.order_by("n", direction=firestore.Query.DESCENDING).limit(2)) == ["d9", "d8"]
    assert [snapshot.id for snapshot in items.order_by("n").limit_to_last(2).get()] == ["d8", "d9"]
    assert ids(items.order_by("n").start_after({"n": 7})) == ["d8", "d9"]
    assert ids(db.collection_group("items").where(filter=FieldFilter("n", "==", 4))) == ["d4"]
    selected = items.where(filter=FieldFilter("n", "==", 4)).select(["odd"]).get()[0]
    assert selected.to_dict() == {"odd": False}
    assert items.count().get()[0][0].value == 10
    assert items.sum("n").get()[0][0].value == 45
    assert items.avg("n").get()[0][0].value == 4.5
    got = {snapshot.id: snapshot.exists for snapshot in db.get_all([items.document("d1"), items.document("no")])}
    assert got == {"d1": True, "no": False}


@check
def transactions(db):
    ref = db.document("counters/hot")
    ref.set({"n": 0})

    @firestore.transactional
    def increment(transaction):
        transaction.update(ref, {"n": ref.get(transaction=transaction).get("n") + 1})

    def work():
        for _ in range(3):
            increment(db.transaction(max_attempts=30))

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ref.get().get("n") == 9, ref.get().to_dict()


@check
def lists(db):
    db.document("tree/root/a/x").set({})
    db.document("tree/root/b/y").set({})
    db.document("tree/here").set({})
    assert sorted(ref.id for ref in db.collection("tree").list_documents()) == ["here", "root"]
    assert sorted(ref.id for ref in db.document("tree/root").collections()) == ["a", "b"]
    writer = db.bulk_writer()
    for n in range(50):
        writer.create(db.document(f"bulk/d{n}"), {"n": n})
    writer.close()
    assert db.collection("bulk").count().get()[0][0].value == 50
    db.recursive_delete(db.collection("tree"))
    assert ids(db.collection_group("a")) == []


@check
def listeners(db):
    seen = []
    changed = threading.Condition()

    def on_snapshot(documents, changes, _read_time):
        with changed:
            seen.append(([one.id for one in documents], sorted((one.type.name, one.document.id) for one in changes)))
            changed.notify()

    def until(wanted):
        with changed:
            assert changed.wait_for(lambda: bool(seen) and seen[-1][0] == wanted, WAIT), seen

    items = db.collection("watched")
    watch = items.where(filter=FieldFilter("n", "<", 5)).order_by("n").limit(2).on_snapshot(on_snapshot)
    try:
        until([])
        for n in (1, 2, 3):
            items.document(f"d{n}").set({"n": n})
        until(["d1", "d2"])
        items.document("d1").delete()
        until(["d2", "d3"])
        assert ("REMOVED", "d1") in seen[-1][1], seen[-1]
    finally:
        watch.unsubscribe()


def main():
    failed = 0
    for function in CHECKS:
        # A project for each check: they do not see each other's data.
        db = firestore.Client(project=f"{PROJECT}-{function.__name__}")
        try:
            function(db)
            print(json.dumps({"check": function.__name__, "ok": True}), flush=True)
        except Exception:  # noqa: BLE001 - every failure is reported, whatever it is
            failed += 1
            print(json.dumps({"check": function.__name__, "ok": False, "error": traceback.format_exc()}), flush=True)
        db.close()
    sys.exit(1 if failed else 0)


main()
