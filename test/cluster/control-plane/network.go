package main

import (
	"fmt"
	"net"
)

// freePorts finds ports on loopback that nobody listens on now.
func freePorts(count int) ([]int, error) {
	ports := make([]int, 0, count)
	for range count {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		// All are held until the last one is found, so that none is found twice.
		defer listener.Close()
		ports = append(ports, listener.Addr().(*net.TCPAddr).Port)
	}
	return ports, nil
}

func dial(port int) error {
	connection, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return err
	}
	return connection.Close()
}

// firstAddress is the ClusterIP that the API server gives to the Service kubernetes.
func firstAddress(cidr string) (net.IP, error) {
	_, network, err := net.ParseCIDR(cidr)
	if err != nil {
		return nil, err
	}
	address := network.IP
	address[len(address)-1]++
	return address, nil
}
