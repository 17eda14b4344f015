icacls C:\inetpub\wwwroot\shop /grant IIS_IUSRS:R
