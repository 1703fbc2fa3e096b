"""What pages share: shell, pickers, results, pictures, figures. Needs Streamlit and Plotly."""
