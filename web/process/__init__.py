"""The processes beside the web server: worker, relay, scheduler, and the demo that runs them all."""
