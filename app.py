"""cnnviz: a microscope for trained CNNs. Start it with `streamlit run app.py`."""

from cnnviz_ui.frame import shell

shell.run()
