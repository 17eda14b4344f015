Stop-Website -Name shop
