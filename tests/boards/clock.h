/* Arduino's clock. RadioLib includes Arduino.h on Arduino only. */
unsigned long millis();
void delay(unsigned long ms);
