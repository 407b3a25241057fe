from tests.support.web import Browser
def test_smoke(li: Browser) -> None:
    print(li.post("/portal/cart/add", {"sku":"TEA","quantity":"20"}).text[:300])
    for p in ("/portal","/portal/quick","/portal/cart","/portal/orders","/portal/account","/portal/quick/sample.csv", "/portal/quick/find?sku=te"):
        a = li.get(p); print(p, a.status_code, len(a.text)); assert a.status_code==200, a.text[:3000]
    a = li.post("/portal/quick/check", {"pasted":"tea 3\nCUP,5\nNOPE;2\nTEA\t4"}); print(a.status_code, a.text[a.text.index('id="quick-rows"'):][:5000])
    import re
    c = li.get("/portal/cart").text
    once = re.search(r'name="_once" value="([^"]+)"', c).group(1); tot=re.search(r'name="expected_total" value="([^"]+)"', c).group(1)
    adr = re.search(r'<option value="(adr_[^"]+)"', c).group(1)
    a = li.post("/portal/cart/submit", {"_once": once, "expected_total": tot, "address_id": adr, "order_type":"standard"}); print(a.status_code, a.location, a.text[:1500])
    o = li.get(a.location); assert o.status_code==200; print(o.text[3000:9000])
    assert li.get("/").location.endswith("/portal")
