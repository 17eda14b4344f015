Start-Website -Name shop
