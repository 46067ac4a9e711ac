/** What the files of real kinds of boards look like, as far as the agent reads them. */
type Files = Readonly<Record<string, string>>;

/** Raspberry Pi OS, kernel 6.6: the firmware has a file. */
export const raspberryPi4 = (throttled: string): Files => ({
  '/proc/device-tree/model': 'Raspberry Pi 4 Model B Rev 1.4\0',
  '/sys/devices/platform/soc/soc:firmware/get_throttled': `${throttled}\n`,
  '/sys/devices/platform/soc/fe201000.serial/uevent': 'DRIVER=uart-pl011\n',
  '/sys/class/thermal/thermal_zone0/type': 'cpu-thermal\n',
  '/sys/class/thermal/thermal_zone0/temp': '58426\n',
  '/sys/class/thermal/cooling_device0/type': 'cpufreq-cpu0\n',
  '/sys/class/thermal/cooling_device0/cur_state': '1\n',
  '/sys/class/hwmon/hwmon1/name': 'rpi_volt\n',
  '/sys/class/drm/card0/device/uevent': 'DRIVER=v3d\n',
});

/** Without the file of the firmware: the program tells. */
export const raspberryPi5: Files = {
  '/proc/device-tree/model': 'Raspberry Pi 5 Model B Rev 1.0\0',
  '/sys/devices/platform/axi/uevent': '\n',
  '/sys/class/thermal/thermal_zone0/type': 'cpu-thermal\n',
  '/sys/class/thermal/thermal_zone0/temp': '81200\n',
  '/sys/class/thermal/cooling_device0/type': 'pwm-fan\n',
  '/sys/class/thermal/cooling_device0/cur_state': '4\n',
  '/sys/class/hwmon/hwmon2/name': 'pwmfan\n',
};

/** With a kernel that names the node of the firmware by its address. */
export const raspberryPi5WithFile = (throttled: string): Files => ({
  ...raspberryPi5,
  '/sys/devices/platform/soc@107c000000/soc@107c000000:firmware/get_throttled': `${throttled}\n`,
});

/** JetPack 6. */
export const jetsonOrinNano = ({ alert = 0, overCurrent = 0 } = {}): Files => ({
  '/proc/device-tree/model': 'NVIDIA Jetson Orin Nano Developer Kit\0',
  '/sys/class/thermal/thermal_zone0/type': 'cpu-thermal\n',
  '/sys/class/thermal/thermal_zone0/temp': '62531\n',
  '/sys/class/thermal/thermal_zone8/type': 'tj-thermal\n',
  '/sys/class/thermal/thermal_zone8/temp': '63968\n',
  '/sys/class/thermal/cooling_device0/type': 'pwm-fan\n',
  '/sys/class/thermal/cooling_device0/cur_state': '2\n',
  '/sys/class/thermal/cooling_device1/type': 'gpu-throttle-alert\n',
  '/sys/class/thermal/cooling_device1/cur_state': `${alert}\n`,
  '/sys/class/thermal/cooling_device2/type': 'hot-surface-alert\n',
  '/sys/class/thermal/cooling_device2/cur_state': '0\n',
  '/sys/class/hwmon/hwmon1/name': 'ina3221\n',
  '/sys/class/hwmon/hwmon1/in1_label': 'VDD_IN\n',
  '/sys/class/hwmon/hwmon1/in1_input': '4984\n',
  '/sys/class/hwmon/hwmon1/curr1_input': '1856\n',
  '/sys/class/hwmon/hwmon1/in2_label': 'VDD_CPU_GPU_CV\n',
  '/sys/class/hwmon/hwmon1/in2_input': '4976\n',
  '/sys/class/hwmon/hwmon1/curr2_input': '480\n',
  '/sys/class/hwmon/hwmon3/name': 'soctherm_oc\n',
  '/sys/class/hwmon/hwmon3/oc1_event_cnt': '0\n',
  '/sys/class/hwmon/hwmon3/oc2_event_cnt': '15\n',
  '/sys/class/hwmon/hwmon3/oc3_event_cnt': `${overCurrent}\n`,
  '/sys/class/devfreq/17000000.gpu/device/load': '374\n',
});

/** A notebook, with the battery of its mouse. */
export const notebook = ({ status = 'Discharging', capacity = 62 } = {}): Files => ({
  '/sys/class/power_supply/AC/type': 'Mains\n',
  '/sys/class/power_supply/AC/online': '0\n',
  '/sys/class/power_supply/BAT0/type': 'Battery\n',
  '/sys/class/power_supply/BAT0/capacity': `${capacity}\n`,
  '/sys/class/power_supply/BAT0/status': `${status}\n`,
  '/sys/class/power_supply/BAT0/power_now': '7450000\n',
  '/sys/class/power_supply/hidpp_battery_0/type': 'Battery\n',
  '/sys/class/power_supply/hidpp_battery_0/scope': 'Device\n',
  '/sys/class/power_supply/hidpp_battery_0/capacity': '5\n',
  '/sys/class/power_supply/hidpp_battery_0/status': 'Discharging\n',
});
