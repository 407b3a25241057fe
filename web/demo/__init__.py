"""`make demo`: the whole product on embedded servers, with data that lives."""
