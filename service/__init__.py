"""The service: HTTP and Redis around the model. `app.create_app` names every part."""
