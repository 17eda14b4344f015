Invoke-WebRequest -UseBasicParsing http://localhost/
