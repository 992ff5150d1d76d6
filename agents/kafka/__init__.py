"""The transport under Faust and the gateway. Nothing here knows what an SMS is."""
